using System.Text.Json;
using LoadLab.Engine.Targets.Protocols;

namespace LoadLab.Engine.Targets.Http;

/// <summary>Where a job is asked about, cancelled and fetched: under its id, or at the addresses that the service gave for it.</summary>
internal sealed record JobAddress(string Id, Uri? Status, Uri? Cancel, Uri? Content)
{
    private const int MaxIdLength = 256;

    /// <summary>Throws <see cref="BadAnswerException"/> when the answer names no job, <see cref="ForeignAddressException"/> for an address that is not the service's.</summary>
    public static JobAddress Of(HttpSession session, JsonElement answer)
    {
        var fields = session.Protocol.Job;
        var id = fields.Id?.Text(answer, "") ?? "";
        var status = Own(session, fields.StatusUrl, answer);

        // The id becomes a part of addresses.
        var isNamed = fields.Id is null || (id.Length is > 0 and <= MaxIdLength && id is not ("." or ".."));
        if (!isNamed || (status is null && session.Protocol.Poll?.Request is null))
        {
            throw new BadAnswerException();
        }

        return new JobAddress(id, status, Own(session, fields.CancelUrl, answer), Own(session, fields.ContentUrl, answer));
    }

    private static Uri? Own(HttpSession session, FieldPath? field, JsonElement answer)
    {
        if (field?.Text(answer, "") is not { Length: > 0 and <= 4096 } text)
        {
            return null;
        }

        return Uri.TryCreate(session.Url, text, out var address) && session.IsOwn(address) ? address : throw new ForeignAddressException();
    }
}
