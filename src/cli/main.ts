import { runBandit } from "./bandit.js";

const [command, ...rest] = process.argv.slice(2);
if (command === "bandit") {
  process.exitCode = await runBandit(rest);
} else {
  process.stderr.write("usage: wayward bandit [options]   (wayward bandit --help)\n");
  process.exitCode = 2;
}
