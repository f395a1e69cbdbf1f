// Verifies webhooks as a receiver would, with the library of Standard Webhooks.
// It reads [{secret, headers, body}] and writes one line for each: the type of
// the event, or why it is refused.
import { Webhook } from "standardwebhooks";

let input = "";
for await (const chunk of process.stdin) input += chunk;
for (const { secret, headers, body } of JSON.parse(input)) {
  try {
    console.log(new Webhook(secret).verify(body, headers).type);
  } catch (problem) {
    console.log("refused: " + problem.message);
  }
}
