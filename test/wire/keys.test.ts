import { afterEach, expect, test } from 'vitest';
import { modelOf, Parlay, start } from './parlay.ts';
import { startWire, type WireServer } from './server.ts';
import { vendors } from './vendors.ts';

/** Keys of the forms in use; each is planted where it could leak from. */
const forms: Record<string, string> = {
  anthropic: 'sk-ant-api03-PLANTED0123456789abcdefghij',
  responses: 'sk-proj-PLANTED0123456789abcdefghijklmn',
  chat: 'sk-PLANTED0123456789abcdefghijklmnopq',
  deepseek: 'planted-without-any-known-form-77',
  gemini: 'AIzaSyPLANTED0123456789abcdefghijklmnop',
};

let server: WireServer;
let parlay: Parlay;
afterEach(async () => {
  await server.close();
});

test.each(Object.entries(forms))('the key of %s is nowhere but in its header', async (name, key) => {
  server = await startWire(vendors[name]!, { key });
  const quick = { PARLAY_RETRY_SECONDS: '3' };
  parlay = new Parlay([server], quick);
  const said: unknown[] = [];
  const ask = async (model = modelOf[name]!) => {
    const outcome = await parlay.ask(model, start);
    said.push(outcome);
    return outcome;
  };

  expect((await ask()).failure, 'the key works').toBeUndefined();
  // A proxy that repeats the request in its refusal, as text, as JSON and with the key encoded for an address.
  const echoes = [
    `upstream refused Authorization: Bearer ${key} x-api-key=${key}`,
    JSON.stringify({ error: { type: 'api_error', code: 500, status: 'INTERNAL', message: `bad header ${key}` } }),
    `GET /v1/models?key=${encodeURIComponent(key)} failed`,
  ];
  for (const status of [400, 401, 500]) {
    for (const body of echoes) {
      server.misbehave({ kind: 'body', status, body });
      expect((await ask()).failure).toBeDefined();
    }
  }
  server.misbehave(null);
  const provider = modelOf[name]!.split('/')[0]!;
  await ask(`${provider}/no-such-model`);
  await parlay.ask(modelOf[name]!, start).then((outcome) => said.push(outcome));
  await server.close();
  said.push((await ask()).failure, (await ask()).failure);
  const bytes = parlay.bytes();
  const ledger = JSON.stringify(parlay.ledger.events({}));
  parlay.close();

  const everything = `${JSON.stringify(said)} ${ledger} ${bytes.toString('latin1')}`;
  expect(everything).not.toContain(key);
  expect(everything).not.toContain(encodeURIComponent(key));
  expect(everything).not.toContain('PLANTED');
  expect(everything).not.toContain('planted-without');
  expect(JSON.stringify(server.seen[0]!.headers), 'the search would have found it').toContain(key);
  expect(JSON.stringify(server.seen.map((one) => one.body))).not.toContain(key);
});
