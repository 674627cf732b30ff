/**
 * Starts one strict server for a person to try things on, and prints what it is asked. Stop it with Ctrl-C.
 *
 *   node test/wire/serve.ts anthropic --port 8400 [--misbehave silence] [--times 1] [--retry-after 3] [--context 20000]
 */
import { parseArgs } from 'node:util';
import type { Misbehaviour } from './misbehave.ts';
import { startWire } from './server.ts';
import type { Script } from './vendor.ts';
import { vendors } from './vendors.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '8400' },
    key: { type: 'string', default: 'wire-key-0123456789abcdef' },
    misbehave: { type: 'string' },
    times: { type: 'string' },
    'retry-after': { type: 'string' },
    context: { type: 'string' },
  },
});
const vendor = vendors[positionals[0] ?? ''];
if (!vendor) {
  console.error(`Say which: ${Object.keys(vendors).join(', ')}.`);
  process.exit(2);
}

/** Reads a file, then answers, where the caller has a tool to read with; answers at once where it has none. */
const script: Script = ({ number, body }) => {
  const tools = JSON.stringify(body.tools ?? []);
  if (number === 0 && tools.includes('"read"'))
    return { thinking: 'A look at the file first.', calls: [{ name: 'read', input: { path: 'README.md' } }] };
  return { thinking: 'Enough is known.', text: 'Das genügt — 完了 ✅' };
};

const server = await startWire(vendor, {
  port: Number(values.port),
  key: values.key,
  script,
  contextTokens: values.context ? Number(values.context) : undefined,
});
const times = values.times ? { times: Number(values.times) } : {};
if (values.misbehave) server.misbehave({ ...misbehaviour(values.misbehave, values['retry-after']), ...times });

console.log(`${vendor.name} at ${server.url}`);
for (const [name, value] of Object.entries(server.environment())) console.log(`export ${name}=${value}`);
let printed = 0;
setInterval(() => {
  for (const one of server.seen.slice(printed))
    console.log(`${one.path} ${one.status} ${JSON.stringify(one.refusal ?? one.usage)}`);
  printed = server.seen.length;
}, 500);

function misbehaviour(name: string, retryAfter: string | undefined): Misbehaviour {
  const trouble = ['rate-limited', 'internal', 'overloaded', 'unavailable'].find((one) => one === name);
  if (trouble) return { kind: 'status', trouble: trouble as 'internal', retryAfter };
  if (name === 'reset') return { kind: 'reset', when: 'mid-stream' };
  if (name === 'bucket') return { kind: 'bucket', perSecond: 2, burst: 4 };
  return { kind: name } as Misbehaviour;
}
