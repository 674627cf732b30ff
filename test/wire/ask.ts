import { type Fields, fields, list, text } from './json.ts';
import type { WireServer } from './server.ts';

/** What a plain HTTP client gets to see. */
export interface Heard {
  status: number;
  /** The JSON body, or the events of a stream in order. */
  body: Fields;
  events: Fields[];
  headers: Headers;
  raw: string;
}

interface Call {
  path?: string;
  headers?: Record<string, string>;
}

/** Asks a server as a vendor's own example would with curl. Gemini's model goes into the path. */
export async function ask(server: WireServer, body: Fields, call: Call = {}): Promise<Heard> {
  const { model, ...rest } = body;
  const isGemini = server.vendor.name === 'gemini';
  const response = await fetch(server.url + (call.path ?? defaultPath(server, body)), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(call.headers ?? credentials(server)) },
    body: JSON.stringify(isGemini ? without(rest, 'stream') : { model, ...rest }),
  });
  const raw = await response.text();
  const streamed = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const events = streamed ? readEvents(raw) : [];
  return {
    status: response.status,
    body: streamed ? {} : fields(JSON.parse(raw || '{}')),
    events,
    headers: response.headers,
    raw,
  };
}

function without(value: Fields, key: string): Fields {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

function defaultPath(server: WireServer, body: Fields): string {
  const gemini = body.stream === true ? 'streamGenerateContent?alt=sse' : 'generateContent';
  const paths: Record<string, string> = {
    anthropic: '/v1/messages',
    responses: '/v1/responses',
    gemini: `/v1beta/models/${text(body.model)}:${gemini}`,
  };
  return paths[server.vendor.name] ?? '/v1/chat/completions';
}

function credentials(server: WireServer): Record<string, string> {
  const key = Object.entries(server.environment()).find(([name]) => name.endsWith('_API_KEY'))?.[1] ?? 'none';
  if (server.vendor.name === 'anthropic') return { 'x-api-key': key, 'anthropic-version': '2023-06-01' };
  if (server.vendor.name === 'gemini') return { 'x-goog-api-key': key };
  return { authorization: `Bearer ${key}` };
}

/** The JSON of every event; comments, names and `[DONE]` are left out. */
function readEvents(raw: string): Fields[] {
  return raw.split('\n\n').flatMap((block) => {
    const data = block
      .split('\n')
      .find((line) => line.startsWith('data: '))
      ?.slice(6);
    return data && data !== '[DONE]' ? [fields(JSON.parse(data))] : [];
  });
}

/** The message of an error in any of the four forms. */
export function complaint(heard: Heard): string {
  return text(fields(heard.body.error).message);
}

/** Content blocks, items, message or parts of a whole reply, as they go back into the history. */
export function replyOf(heard: Heard): Fields[] {
  const { body } = heard;
  if (body.type === 'message') return list(body.content);
  if (body.object === 'response') return list(body.output);
  if (body.candidates) return list(fields(list(body.candidates)[0]?.content).parts);
  return [fields(list(body.choices)[0]?.message)];
}
