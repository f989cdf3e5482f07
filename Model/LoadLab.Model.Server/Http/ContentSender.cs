using LoadLab.Model.Server.Jobs;
using LoadLab.Model.Video;
using Microsoft.AspNetCore.Http;

namespace LoadLab.Model.Server.Http;

/// <summary>Sends clips: as they were written (.y4m), or as .mp4 where ffmpeg is on the PATH and the client asks for it. One conversion at a time.</summary>
internal sealed class ContentSender(ClipStore clips) : IDisposable
{
    private const string Y4mType = "video/x-yuv4mpeg";
    private const string Mp4Type = "video/mp4";

    /// <summary>Under way and waiting: a conversion takes a minute at most, and nobody waits longer than that many.</summary>
    private const int MostConversions = 16;
    private static readonly TimeSpan s_convertLimit = TimeSpan.FromSeconds(60);
    private readonly SemaphoreSlim _convert = new(1);
    private readonly Places _conversions = new(MostConversions);
    private readonly string? _ffmpeg = Mp4Encoder.FindFfmpeg();

    public async Task Send(HttpContext http, JobSnapshot job)
    {
        var format = http.Request.Query["format"].ToString();
        if (format is not ("" or "y4m" or "mp4"))
        {
            await Answer.Problem(http, StatusCodes.Status400BadRequest, $"format {format} is not known", "write format=y4m or format=mp4");
            return;
        }

        var mp4 = format == "mp4" || (format == "" && http.Request.Headers.Accept.ToString().Contains(Mp4Type, StringComparison.OrdinalIgnoreCase));
        await using var clip = await OpenAsync(http, job, mp4);
        if (clip is null)
        {
            return;
        }

        http.Response.ContentType = mp4 ? Mp4Type : Y4mType;
        http.Response.ContentLength = clip.Length;
        await clip.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    public async Task SendGeneration(HttpContext http, JobSnapshot job, VideoRequest request)
    {
        var document = JobDocument.Of(job) with { VideoId = job.Name };
        if (request.ResponseFormat == "video_path")
        {
            await Answer.Job(http, StatusCodes.Status200OK, document with { VideoPath = clips.PathOf(job.Id) });
            return;
        }

        await using var clip = await OpenAsync(http, job, request.OutputFormat == "mp4");
        if (clip is null)
        {
            return;
        }

        await Answer.JobWithClip(http, document, clip);
    }

    public void Dispose() => _convert.Dispose();

    /// <summary>Null when the request was answered with a problem.</summary>
    private async Task<FileStream?> OpenAsync(HttpContext http, JobSnapshot job, bool mp4)
    {
        if (mp4 && _ffmpeg is null)
        {
            await Answer.Problem(http, StatusCodes.Status406NotAcceptable, "mp4 is not available", "there is no ffmpeg on the server's PATH: ask for y4m", "mp4");
            return null;
        }

        if (Open(clips.PathOf(job.Id)) is not { } clip)
        {
            await Answer.Problem(http, StatusCodes.Status404NotFound, "the clip is gone", "clips are kept up to a number of bytes, the newest first", "gone");
            return null;
        }

        if (!mp4)
        {
            return clip;
        }

        await using (clip)
        {
            if (!_conversions.TryEnter())
            {
                await Answer.Busy(http, "too many clips wait to be converted", "ask for y4m, or come back after the seconds in Retry-After");
                return null;
            }

            try
            {
                return await ConvertAsync(http, clip.Name);
            }
            finally
            {
                _conversions.Leave();
            }
        }
    }

    private async Task<FileStream?> ConvertAsync(HttpContext http, string y4m)
    {
        // Beside the clip it came from, and gone with the handle that sends it.
        var path = $"{y4m}-{Guid.NewGuid():N}.mp4";
        await _convert.WaitAsync(http.RequestAborted);
        try
        {
            if (await Task.Run(() => Mp4Encoder.Encode(_ffmpeg!, y4m, path, s_convertLimit)) is { } failure)
            {
                File.Delete(path);
                await Answer.Problem(http, StatusCodes.Status500InternalServerError, "the clip could not be converted", failure, "mp4");
                return null;
            }
        }
        finally
        {
            _convert.Release();
        }

        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
    }

    private static FileStream? Open(string? path)
    {
        try
        {
            return path is null ? null : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, FileOptions.Asynchronous);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
