// Makes a TypeScript client from the API's document, compiles a phone's code with it, and runs it.
// Arguments: the document's file, an empty folder, the API's address, and an access token.
"use strict";
const { execFileSync } = require("node:child_process");
const { copyFileSync, mkdirSync, symlinkSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");

const [documentFile, folder, apiUrl, accessToken] = process.argv.slice(2);
const modules = process.env.NODE_PATH;
const options = {
  compilerOptions: {
    target: "es2022",
    module: "nodenext",
    moduleResolution: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    lib: ["es2022", "dom", "dom.iterable"],
    types: [],
    outDir: "made",
  },
  files: ["phone.mts"],
};

function run(...command) {
  const said = { cwd: folder, stdio: "inherit" };
  execFileSync(process.execPath, command, said);
}

mkdirSync(folder, { recursive: true });
symlinkSync(modules, join(folder, "node_modules"));
copyFileSync(join(dirname(__filename), "phone.mts"), join(folder, "phone.mts"));
writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
run(join(modules, "openapi-typescript", "bin", "cli.js"), documentFile, "-o", "api.d.ts");
run(join(modules, "typescript", "bin", "tsc"), "-p", ".");
run(join("made", "phone.mjs"), apiUrl, accessToken);
