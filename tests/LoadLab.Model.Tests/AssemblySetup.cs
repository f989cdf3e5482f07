[assembly: AssemblyFixture(typeof(LoadLab.Model.Tests.SeededModels))]
