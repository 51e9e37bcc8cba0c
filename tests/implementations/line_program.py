"""A program that answers lines of JSON: no verifier, no NumPy; `how` says what it does wrongly."""

import json
import os
import sys
import time

FUNCTIONS = ["output", "kernel"]


def output(told):
    slope = told["slope"]
    found = []
    for z in told["z"]:
        total = 0.0
        for w, b, a in zip(told["W"], told["b"], told["a"], strict=True):
            u = sum(p * q for p, q in zip(w, z, strict=True)) + b
            total += a * (u if u >= 0 else slope * u)
        found.append(total / len(told["a"]) ** 0.5)
    return {"f": found}


def answer(told, how):
    if told["function"] == "describe":
        return {"functions": how.split(",") if how.startswith("says ") else FUNCTIONS[:1]}
    if how == "hangs":
        time.sleep(1000)
    if how == "exits":
        print("out of luck", file=sys.stderr)
        os._exit(3)
    if how == "aborts":
        print("free(): invalid pointer", file=sys.stderr, flush=True)
        os.abort()
    if how == "error":
        return {"error": "no such thing"}
    if how == "another answer":
        return {"g": [1.0]}
    if how == "text for numbers":
        return {"f": ["one"]}
    if how == "protocol 2":
        return {"protocol": 2}
    return output(told)


def main():
    how = sys.argv[1] if len(sys.argv) > 1 else ""
    for line in sys.stdin:
        told = json.loads(line)
        asked = told["function"] != "describe"
        if asked and how == "no JSON":
            print("{")
        elif asked and how == "a flood":
            while True:
                sys.stdout.write("0" * 2**20)
        else:
            print(json.dumps(answer(told, how)))
        sys.stdout.flush()


main()
