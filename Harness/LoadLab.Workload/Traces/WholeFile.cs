namespace LoadLab.Workload;

/// <summary>Writes a file beside its place and moves it there in one step, so that nobody finds half of it.</summary>
internal static class WholeFile
{
    public static void Write(string path, Action<Stream> write)
    {
        var draft = path + ".tmp";
        try
        {
            using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
            {
                write(file);
            }

            File.Move(draft, path, overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
