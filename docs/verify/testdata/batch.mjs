// Answers each line of JSON with "yes", or "no" where the verifier refuses it.
import { createInterface } from "node:readline";
import { loadKeys, verifyAnswer, verifyFile, verifyKey } from "../verify.mjs";

let keys;
const answers = [];
for await (const line of createInterface({ input: process.stdin })) {
  if (!keys) {
    keys = loadKeys(line);
    continue;
  }
  const q = JSON.parse(line);
  try {
    if (q.kind === "key") verifyKey(keys, q.text, q.product);
    else if (q.kind === "file") verifyFile(keys, q.text, q.product, q.fingerprint, q.now);
    else verifyAnswer(keys, q.text, q.act, q.key, q.product, q.fingerprint, q.nonce);
    answers.push("yes");
  } catch {
    answers.push("no");
  }
}
process.stdout.write(answers.join("\n") + "\n");
