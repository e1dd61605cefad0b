import re

VOWELS = "aeiouyäö"
DIPHTHONGS = "ai ei oi ui yi äi öi au eu iu ou äy öy ey iy uo yö ie".split()


def syllables(word):
    out, current = [], ""
    for i, c in enumerate(word.lower()):
        if current and c in VOWELS and current[-1] in VOWELS:
            pair = current[-1] + c
            if pair not in DIPHTHONGS and current[-1] != c:
                out.append(current)
                current = ""
        elif c not in VOWELS and re.search(f"[{VOWELS}]", current) and word[i + 1:i + 2].lower() in tuple(VOWELS):
            out.append(current)
            current = ""
        current += c
    return out + [current]
