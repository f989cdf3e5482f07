namespace LoadLab.Workload;

/// <summary>Writes files beside their places and moves them there when all are whole, so that nobody finds half of one.</summary>
internal static class WholeFile
{
    public static void Write(params ReadOnlySpan<(string Path, Action<Stream> Write)> files)
    {
        try
        {
            foreach (var (path, write) in files)
            {
                using var draft = new FileStream(Draft(path), FileMode.Create, FileAccess.Write);
                write(draft);
            }

            foreach (var (path, _) in files)
            {
                File.Move(Draft(path), path, overwrite: true);
            }
        }
        finally
        {
            foreach (var (path, _) in files)
            {
                File.Delete(Draft(path));
            }
        }
    }

    private static string Draft(string path) => path + ".tmp";
}
