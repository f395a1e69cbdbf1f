"""Answers each line of JSON with "yes", or "no" where the verifier refuses it."""
import json, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.dont_write_bytecode = True
import verify

keys = verify.load_keys(sys.stdin.readline())
for line in sys.stdin:
    q = json.loads(line)
    try:
        if q["kind"] == "key":
            verify.verify_key(keys, q["text"], q["product"])
        elif q["kind"] == "file":
            verify.verify_file(keys, q["text"], q["product"], q["fingerprint"], q["now"])
        else:
            verify.verify_answer(keys, q["text"], q["act"], q["key"], q["product"], q["fingerprint"], q["nonce"])
        print("yes")
    except Exception:
        print("no")
