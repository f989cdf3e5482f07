#!/usr/bin/python3
"""Times one forward of the mid Wan transformer in LoadLab and in PyTorch, taking turns in one run, and checks that both compute the same velocities.

The PyTorch side is written from the description of the network (docs/benchmarks/transformer.md names its source) with plain float32 operations. Three forms:
  reference   as the published code computes: time path evaluated for every token, rotation in float64 complex numbers, text embedded at every forward
  lean        time path once, rotation in float32, text embedded at every forward
  cached      lean, with the text's keys and values computed once, as LoadLab does
"""
import argparse
import json
import math
import statistics
import struct
import subprocess
import sys
import time

import numpy
import torch
import torch.nn.functional as F

DIM, HEADS, LAYERS, EPS, FREQ = 512, 8, 8, 1e-6, 256
CHANNELS, FRAMES, ROWS, COLUMNS = 16, 4, 32, 32
TIMESTEP = 500.0
GRID = (FRAMES, ROWS // 2, COLUMNS // 2)
TOKENS = GRID[0] * GRID[1] * GRID[2]


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            values = numpy.frombuffer(data[begin:end], dtype="<f4").copy()
            tensors[name] = torch.from_numpy(values).reshape(entry["shape"])
    return tensors


def angles():
    """(tokens, head dim / 2) in float64: pairs split over frame, row and column, each section with frequencies 10000^(-i/n)."""
    pairs = DIM // HEADS // 2
    third = pairs // 3
    sections = (pairs - 2 * third, third, third)
    positions = torch.cartesian_prod(*(torch.arange(n, dtype=torch.float64) for n in GRID))
    parts = []
    for axis, n in enumerate(sections):
        frequency = 10000.0 ** (-torch.arange(n, dtype=torch.float64) / n)
        parts.append(positions[:, axis : axis + 1] * frequency)
    return torch.cat(parts, dim=1)


class Rope64:
    def __init__(self):
        turn = angles()
        self.table = torch.polar(torch.ones_like(turn), turn)[:, None, :]

    def __call__(self, x):
        pairs = torch.view_as_complex(x.double().reshape(TOKENS, HEADS, -1, 2))
        return torch.view_as_real(pairs * self.table).flatten(2).float()


class Rope32:
    def __init__(self):
        turn = angles()
        self.cos = turn.cos().float()[:, None, :]
        self.sin = turn.sin().float()[:, None, :]

    def __call__(self, x):
        a, b = x.reshape(TOKENS, HEADS, -1, 2).unbind(-1)
        return torch.stack((a * self.cos - b * self.sin, a * self.sin + b * self.cos), dim=-1).flatten(2)


class Transformer:
    def __init__(self, tensors, per_token_time, rope, cache_text):
        self.w = {name[4:]: value for name, value in tensors.items() if name.startswith("dit/")}
        self.context = tensors["inputs/context"]
        self.per_token_time = per_token_time
        self.rope = rope
        self.text = self.embed_text() if cache_text else None

    def linear(self, name, x):
        return F.linear(x, self.w[name + ".weight"], self.w[name + ".bias"])

    def rms(self, name, x):
        return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + EPS) * self.w[name + ".weight"]

    def heads(self, x):
        return x.reshape(x.shape[0], HEADS, DIM // HEADS)

    def attention(self, q, k, v):
        q, k, v = (x.transpose(0, 1) for x in (q, k, v))
        logits = torch.bmm(q, k.transpose(1, 2)) * (1 / math.sqrt(DIM // HEADS))
        return torch.bmm(torch.softmax(logits, dim=-1), v).transpose(0, 1).reshape(-1, DIM)

    def embed_text(self):
        rows = self.linear("text_embedding.2", F.gelu(self.linear("text_embedding.0", self.context), approximate="tanh"))
        keys = []
        for i in range(LAYERS):
            name = f"blocks.{i}.cross_attn"
            keys.append((self.heads(self.rms(name + ".norm_k", self.linear(name + ".k", rows))), self.heads(self.linear(name + ".v", rows))))
        return keys

    def time_path(self):
        half = FREQ // 2
        t = torch.full((TOKENS if self.per_token_time else 1, 1), TIMESTEP, dtype=torch.float64)
        turn = t * 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
        sinusoid = torch.cat((turn.cos(), turn.sin()), dim=1).float()
        e = self.linear("time_embedding.2", F.silu(self.linear("time_embedding.0", sinusoid)))
        return e, self.linear("time_projection.1", F.silu(e)).reshape(-1, 6, DIM)

    def forward(self, x):
        patches = x.reshape(CHANNELS, GRID[0], 1, GRID[1], 2, GRID[2], 2).permute(1, 3, 5, 0, 2, 4, 6).reshape(TOKENS, -1)
        x = F.linear(patches, self.w["patch_embedding.weight"].reshape(DIM, -1), self.w["patch_embedding.bias"])
        e, e0 = self.time_path()
        text = self.text or self.embed_text()
        for i in range(LAYERS):
            x = self.block(f"blocks.{i}", x, e0, text[i])
        shift, scale = (self.w["head.modulation"] + e[:, None]).unbind(1)
        y = self.linear("head.head", F.layer_norm(x, (DIM,), eps=EPS) * (1 + scale) + shift)
        y = y.reshape(*GRID, 1, 2, 2, CHANNELS)
        return y.permute(6, 0, 3, 1, 4, 2, 5).reshape(CHANNELS, FRAMES, ROWS, COLUMNS)

    def block(self, name, x, e0, text):
        shift1, scale1, gate1, shift2, scale2, gate2 = (self.w[name + ".modulation"] + e0).unbind(1)
        u = F.layer_norm(x, (DIM,), eps=EPS) * (1 + scale1) + shift1
        own = name + ".self_attn"
        q = self.rope(self.heads(self.rms(own + ".norm_q", self.linear(own + ".q", u))))
        k = self.rope(self.heads(self.rms(own + ".norm_k", self.linear(own + ".k", u))))
        v = self.heads(self.linear(own + ".v", u))
        x = x + self.linear(own + ".o", self.attention(q, k, v)) * gate1
        u = F.layer_norm(x, (DIM,), self.w[name + ".norm3.weight"], self.w[name + ".norm3.bias"], eps=EPS)
        cross = name + ".cross_attn"
        q = self.heads(self.rms(cross + ".norm_q", self.linear(cross + ".q", u)))
        x = x + self.linear(cross + ".o", self.attention(q, *text))
        u = F.layer_norm(x, (DIM,), eps=EPS) * (1 + scale2) + shift2
        return x + gate2 * self.linear(name + ".ffn.2", F.gelu(self.linear(name + ".ffn.0", u), approximate="tanh"))


def blas():
    """The product library that is really loaded; the reference BLAS is ten times slower and no opponent."""
    with open("/proc/self/maps") as maps:
        libraries = {line.split()[-1] for line in maps if "blas" in line}
    return next((path.rsplit("/", 1)[-1] for path in sorted(libraries) if "openblas" in path.rsplit("/", 1)[-1]), None)


class LoadLab:
    def __init__(self, program, weights, threads):
        self.process = subprocess.Popen([program, "transformer", "--duel", weights, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.name = self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"LoadLab.Benchmarks ended with exit code {self.process.wait()}")
        return line.strip()

    def forward(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        wall, cpu = self.read().split()
        return float(wall), float(cpu)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--program", required=True, help="the built LoadLab.Benchmarks")
    options.add_argument("--weights", required=True, help="file of weights and inputs; LoadLab writes it if absent")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--rounds", type=int, default=15)
    options = options.parse_args()

    torch.set_num_threads(options.threads)
    torch.set_grad_enabled(False)
    own = LoadLab(options.program, options.weights, options.threads)
    tensors = read_safetensors(options.weights)
    x = tensors["inputs/x"]
    forms = {
        "reference": Transformer(tensors, True, Rope64(), False),
        "lean": Transformer(tensors, False, Rope32(), False),
        "cached": Transformer(tensors, False, Rope32(), True),
    }
    library = blas()
    if library is None:
        sys.exit("PyTorch runs on the reference BLAS; install libopenblas0-pthread for a fair comparison")
    print(f"{own.name} beside PyTorch {torch.__version__}, {torch.get_num_threads()} thread(s), {library}")

    velocity = torch.from_numpy(numpy.fromfile(options.weights + ".velocity", dtype="<f4")).reshape(x.shape)
    for name, form in forms.items():
        other = form.forward(x)
        error = ((other - velocity).norm() / other.norm()).item()
        print(f"same output, {name}: relative L2 {error:.2e}")
        if not error <= 2e-5:
            sys.exit(f"the outputs differ: relative L2 {error:.2e} is above 2e-5")

    times = {name: [] for name in ("LoadLab", *forms)}
    for _ in range(options.rounds):
        times["LoadLab"].append(own.forward())
        for name, form in forms.items():
            start, busy = time.perf_counter(), time.process_time()
            form.forward(x)
            times[name].append(((time.perf_counter() - start) * 1e3, (time.process_time() - busy) * 1e3))
    own.close()

    print(f"{'':<20} {'best ms':>9} {'median ms':>10} {'least cpu ms':>13}   times LoadLab: best, median, cpu")
    own_figures = figures(times["LoadLab"])
    for name, values in times.items():
        label = name if name == "LoadLab" else f"PyTorch, {name}"
        best, median, cpu = figures(values)
        ratios = " ".join(f"{mine / own:>6.2f}" for mine, own in zip((best, median, cpu), own_figures))
        print(f"{label:<20} {best:>9.1f} {median:>10.1f} {cpu:>13.1f}   {ratios}")


def figures(values):
    """Best and median wall time, and the least processor time of all threads, which others' work on the machine disturbs least."""
    wall, cpu = zip(*values)
    return min(wall), statistics.median(wall), min(cpu)


main()
