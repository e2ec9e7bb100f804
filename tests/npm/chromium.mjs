// Unpacks Chromium 103, unless that is done already, and says where it is.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const packed = fileURLToPath(new URL("node_modules/@sparticuz/chromium/bin/chromium.br", import.meta.url));
const program = fileURLToPath(new URL("node_modules/.chromium-103", import.meta.url));

if (!existsSync(program)) {
  const unfinished = `${program}.${process.pid}`; // parallel workers come here at once
  writeFileSync(unfinished, brotliDecompressSync(readFileSync(packed)), { mode: 0o755 });
  renameSync(unfinished, program);
}
console.log(program);
