// Reads a Build Output with the platform's own code, and says as one line of JSON what the platform sees in it:
//
//     node read.mjs OUTPUT [ROOT]      ROOT is the project's directory, by default two levels above OUTPUT
//     node read.mjs -                  the same for each line "OUTPUT" or "OUTPUT<tab>ROOT" on standard input
//
//     {"outputs": {"posts/hello": {"type": "Prerender", …}, …}, "warnings": []}
//     {"error": "The `bypassToken` argument …"}
//
// A refusal is an answer like any other: the exit status says only whether this program could run. The platform checks
// neither routes nor `expiration` here, and neither do we.
import { dirname, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import {
  deserializeBuildOutput, deserializeLambda, getBuildResultMetadata, validateBuildResult,
} from '@vercel/build-utils';

console.log = console.error; // standard output is for verdicts only

async function judge(outputDir, repoRootPath = dirname(dirname(outputDir))) {
  const warnings = [];
  try {
    const buildResponse = await deserializeBuildOutput({
      outputDir,
      repoRootPath,
      maxBundleSizeMb: 250,
      deserializeLambda,
      groupLambdas: async () => ({}), // joins functions of Next.js; ours must not be touched
      warn: (message) => warnings.push(message),
    });
    const { buildOutputMap } = await validateBuildResult({ buildResponse });
    getBuildResultMetadata({ buildOutputMap, routes: buildResponse.routes ?? [] }); // throws where middleware is missing
    const outputs = {};
    for (const path of Object.keys(buildOutputMap).sort()) {
      outputs[path] = essentials(buildOutputMap[path], outputDir);
    }
    return { outputs, warnings };
  } catch (error) {
    return { error: String(error?.message || error), warnings };
  }
}

// essentials picks what isrgen decides. Members that the platform takes for absent are absent.
function essentials(output, outputDir) {
  switch (output.type) {
    case 'Prerender': {
      const { expiration, group, allowQuery, passQuery, initialStatus, initialHeaders, fallback, lambda } = output;
      return {
        type: output.type, expiration, group, allowQuery, passQuery, initialStatus, initialHeaders,
        bypassToken: output.bypassToken != null,
        fallback: fallback && file(fallback, outputDir),
        lambda: lambda && essentials(lambda, outputDir),
      };
    }
    case 'Lambda': {
      const { type, runtime, runtimeLanguage, handler, architecture, files } = output;
      return { type, runtime, runtimeLanguage, handler, architecture, files: Object.keys(files ?? {}).sort() };
    }
    case 'EdgeFunction':
      return { type: output.type, runtime: 'edge', entrypoint: output.entrypoint };
    default:
      return file(output, outputDir);
  }
}

// file describes a file of the output. Without a contentType, the platform goes by the extension.
function file({ type, contentType, mode, fsPath }, outputDir) {
  return { type, contentType, mode: mode?.toString(8), path: relative(outputDir, fsPath) };
}

async function main([output, root]) {
  if (!output) {
    process.stderr.write('usage: node read.mjs OUTPUT [ROOT], or - to read such lines\n');
    process.exitCode = 2;
    return;
  }
  const requests = output === '-' ? createInterface({ input: process.stdin }) : [[output, root].filter(Boolean).join('\t')];
  for await (const request of requests) {
    const verdict = await judge(...request.split('\t').map((path) => resolve(path)));
    process.stdout.write(JSON.stringify(verdict) + '\n');
  }
}

await main(process.argv.slice(2));
