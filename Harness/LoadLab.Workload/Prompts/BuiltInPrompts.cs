namespace LoadLab.Workload;

/// <summary>Neutral prompts for scenarios that bring none.</summary>
internal static class BuiltInPrompts
{
    public static IReadOnlyList<string> All { get; } =
    [
        "a red kite flying over a wheat field on a windy day",
        "waves rolling onto a sandy beach at sunrise",
        "a steam train crossing a stone viaduct",
        "snow falling on a quiet village street at night",
        "a cat asleep on a windowsill while rain runs down the glass",
        "time-lapse of clouds passing over a mountain lake",
        "a potter shaping a bowl on a wheel, close up",
        "a hummingbird hovering in front of an orange flower",
        "a lighthouse beam sweeping through fog",
        "autumn leaves drifting down a forest stream",
        "a sailing boat tacking across a blue bay",
        "city traffic at dusk seen from above",
        "a barista pouring milk into a cup of coffee",
        "northern lights above a frozen lake",
        "a dog running along a beach after a ball",
        "a field of sunflowers turning in the breeze",
        "a paper boat floating down a gutter after rain",
        "a tram gliding through an old town",
        "steam rising from a bowl of noodle soup",
        "a bicycle rolling down a tree-lined avenue",
        "a waterfall in a green gorge, slow motion",
        "a chess player moving a knight, close up",
        "fireworks reflected in a wide river",
        "a flock of starlings turning in the evening sky",
        "a windmill turning in front of a pink sunset",
        "a robot arm placing a chip on a circuit board",
        "an astronaut floating beside a space station",
        "a candle flame flickering in a dark room",
        "a herd of horses crossing a shallow river",
        "a glass of water filling to the brim",
        "a fishing boat leaving harbour at dawn",
        "goldfish swimming in a round pond",
        "a baker taking loaves out of an oven",
        "a hot-air balloon rising over green hills",
        "a violinist playing on an empty stage",
        "an old map being unrolled on a wooden table",
        "a fox walking through fresh snow",
        "rain drops making rings on a puddle",
        "a lift rising along the outside of a glass tower",
        "desert dunes shifting in the wind",
    ];
}
