"""Write the sounds of alerts that come with Lumio, static/sounds/*.wav. They are made of sine waves, and ours."""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path

SOUNDS = Path(__file__).parents[1] / "static" / "sounds"
RATE = 22_050
LOUDEST = 0.8

#: A tone: when it begins and how fast it fades (both in seconds), how loud, its frequency at the beginning and the end.
Tone = tuple[float, float, float, float, float]


def strike(at: float, frequency: float, *partials: tuple[float, float, float]) -> list[Tone]:
    """Something that is struck: for each partial its ratio to the frequency, loudness, and how fast it fades."""
    return [(at, fade, loudness, frequency * ratio, frequency * ratio) for ratio, loudness, fade in partials]


GLASS = ((1.0, 1.0, 0.22), (2.0, 0.35, 0.14), (3.01, 0.18, 0.08))
#: The partials of a church bell: hum, prime, tierce, quint, nominal.
CAST = ((0.5, 0.5, 0.55), (1.0, 0.9, 0.4), (1.19, 0.5, 0.3), (1.5, 0.25, 0.22), (2.0, 0.6, 0.25), (2.74, 0.25, 0.12))

RECIPES: dict[str, tuple[float, list[Tone]]] = {
    "chime": (1.3, strike(0.0, 784, *GLASS) + strike(0.12, 988, *GLASS) + strike(0.24, 1175, *GLASS)),
    "pop": (0.25, [(0.0, 0.035, 1.0, 320.0, 1150.0)]),
    "bell": (2.0, strike(0.0, 660, *CAST)),
}


def samples(seconds: float, tones: list[Tone]) -> array[int]:
    waves = [0.0] * int(seconds * RATE)
    for at, fade, loudness, first, last in tones:
        phase = 0.0
        for place in range(int(at * RATE), len(waves)):
            passed = place / RATE - at
            attack = min(1.0, passed / 0.004)
            waves[place] += loudness * attack * math.exp(-passed / fade) * math.sin(phase)
            phase += 2 * math.pi * (last + (first - last) * math.exp(-passed / fade)) / RATE
    highest = max(map(abs, waves))
    ending = 0.02 * RATE
    softened = (value * min(1.0, (len(waves) - place) / ending) for place, value in enumerate(waves))
    return array("h", (round(value / highest * LOUDEST * 32_767) for value in softened))


def main() -> None:
    SOUNDS.mkdir(exist_ok=True)
    for name, (seconds, tones) in RECIPES.items():
        with wave.open(str(SOUNDS / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples(seconds, tones).tobytes())


if __name__ == "__main__":
    main()
