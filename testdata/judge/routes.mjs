// Compiles the routing part of project configurations with the platform's own code: for each line of JSON on standard
// input, such as {"redirects": […]}, one line on standard output:
//
//     {"routes": [{"src": "^/old$", …}]}
//     {"error": "Redirect at index 0 has …"}
//
// A configuration is checked against the platform's schemas first, as its CLI does. A refusal is an answer like any other.
import { createInterface } from 'node:readline';
import Ajv from 'ajv';
import * as utils from '@vercel/routing-utils';

console.error = () => {}; // the library compares two versions of path-to-regexp there

const schema = { type: 'object', additionalProperties: false, properties: {} };
for (const name of ['cleanUrls', 'trailingSlash', 'redirects', 'headers', 'rewrites']) {
  schema.properties[name] = utils[`${name}Schema`];
}
const valid = new Ajv({ unknownFormats: 'ignore', schemaId: 'auto' }).compile(schema);

function judge(config) {
  if (!valid(config)) {
    const { dataPath, message } = valid.errors[0];
    return { error: `${dataPath} ${message}` };
  }
  try {
    const { routes, error } = utils.getTransformedRoutes(config);
    return error ? { error: error.message } : { routes: routes ?? [] };
  } catch (error) {
    return { error: error.message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(judge(JSON.parse(line))) + '\n');
}
