// npm run reproduce -- <what> [options]: prints the papers' figures beside ours.
const [what, ...args] = process.argv.slice(2);
if (!/^[a-z]+$/.test(what ?? "")) {
  console.error("usage: npm run reproduce -- <what> [options], such as: npm run reproduce -- bandit --trials 64");
  process.exit(2);
}
const { run } = await import(`./reproduce/${what}.mjs`);
process.exitCode = await run(args);
