using LoadLab.Core.Input;

namespace LoadLab.Core.Tests;

public sealed class SectionTests
{
    private readonly Problems _problems = new();

    [Fact]
    public void Values_are_read_and_absent_ones_fall_back()
    {
        var section = Open("text: a b\nnumber: 1.5\nwhole: 3\nflag: true\ntime: 200ms\nrate: 30/min\nbytes: 1KiB\nsize: 160x96\nday: 20:00\nword: two\n");
        Assert.Equal("a b", section.Text("text"));
        Assert.Equal(1.5, section.Number("number", 0, 0, 2, "1"));
        Assert.Equal(3, section.Integer("whole", 0, 0, 9));
        Assert.True(section.Flag("flag", false));
        Assert.Equal(Duration.FromMilliseconds(200), section.Time("time"));
        Assert.Equal(0.5, section.RatePerSecond("rate"));
        Assert.Equal(1024, section.Bytes("bytes"));
        Assert.Equal((160, 96), section.Size("size"));
        Assert.Equal(72_000, section.TimeOfDaySeconds("day"));
        Assert.Equal(2, section.Choice("word", 0, ("one", 1), ("two", 2)));
        Assert.Equal(("x", 7, 8, false, Duration.Zero), (section.Text("no", "x"), section.Number("no", 7, 0, 9, "1"), section.Integer("no", 8, 0, 9), section.Flag("no", false), section.Time("no", Duration.Zero)));
        section.Close();
        Assert.False(_problems.Any);
    }

    [Fact]
    public void Every_bad_value_is_told_and_binding_goes_on()
    {
        var section = Open("number: 3\nwhole: 1.5\nflag: yes\ntime: 5\nword: tow\ntext: [1]\n");
        Assert.Equal(1, section.Number("number", 1, 0, 2, "1.5"));
        Assert.Equal(4, section.Integer("whole", 4, 1, 9));
        Assert.False(section.Flag("flag", false));
        Assert.Null(section.Time("time"));
        Assert.Equal(1, section.Choice("word", 1, ("one", 1), ("two", 2)));
        Assert.Null(section.Text("text"));
        Assert.Equal("", section.RequiredText("name"));
        Assert.Equal(
            [
                "f.yaml:1: number = \"3\" is not a number from 0 to 2; write for example 1.5",
                "f.yaml:2: whole = \"1.5\" is not a whole number from 1 to 9; write for example 4",
                "f.yaml:3: flag = \"yes\" is not true or false; write for example true",
                "f.yaml:4: time = \"5\" is not a duration; write for example 60s, 200ms or 1.5h",
                "f.yaml:5: word = \"tow\" is not known; write one or two, did you mean two?",
                "f.yaml:6: text is not a single value; write one value",
                "f.yaml:1: name is missing; add name: a value",
            ],
            _problems.All.Select(problem => problem.ToString()));
    }

    [Fact]
    public void Unknown_field_is_refused_with_the_nearest_known_name()
    {
        var section = Open("durration: 5s\nqqq: 1\n");
        section.Time("duration");
        section.Close();
        Assert.Equal(["f.yaml:1: durration is not a known field; did you mean duration?", "f.yaml:2: qqq is not a known field; known here: duration"], _problems.All.Select(problem => problem.ToString()));
    }

    [Fact]
    public void Children_and_items_carry_their_paths()
    {
        var section = Open("a:\n  b: x\nlist: [ {}, 1 ]\none: { c: 1 }\n");
        Assert.Equal("a.b", section.Child("a")!.PathOf("b"));
        Assert.Equal(["list[0]", "list[1]"], section.Items("list").Select(item => item.Path));
        Assert.Equal(["one"], section.Items("one").Select(item => item.Path));
        Assert.Null(Section.Open(section.Items("list")[1].Node, "list[1]", _problems));
        Assert.Equal("f.yaml:3: list[1] = \"1\" is not a mapping; write its fields as key: value", Assert.Single(_problems.All).ToString());
    }

    [Fact]
    public void Problems_are_thrown_in_order_of_their_lines()
    {
        _problems.Add(new Problem("b", 9, "", null, "x", ""));
        _problems.Add(new Problem("a", 5, "", null, "y", ""));
        _problems.Add(new Problem("b", 2, "", null, "z", ""));
        Assert.Equal(["b:2: z", "b:9: x", "a:5: y"], Assert.Throws<InputException>(_problems.ThrowIfAny).Problems.Select(problem => problem.ToString()));
    }

    private Section Open(string yaml) => Section.Open(YamlDocument.ReadText(yaml, "f.yaml", _problems)!, "", _problems)!;
}
