namespace LoadLab.Stubs;

/// <summary>What a request is to a service, whatever its path and method.</summary>
public enum StubAct
{
    /// <summary>Asks for a clip.</summary>
    Submit,

    /// <summary>Asks how a job stands.</summary>
    Poll,

    /// <summary>Asks for what a job made.</summary>
    Fetch,

    /// <summary>Gives a job up.</summary>
    Cancel,

    /// <summary>Asks whether the service is there.</summary>
    Health,

    /// <summary>Nothing that the service knows.</summary>
    Other,
}
