import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addTokens, noTokens, PromptCache, type Tokens } from './count.ts';
import { type Fields, fields } from './json.ts';
import { Bucket, bend, type Misbehaviour, senderOf, sendStream } from './misbehave.ts';
import { isRefusal, type Memory, type Refusal, type Script, type Vendor } from './vendor.ts';

/** One request as the server saw it, and what became of it. */
interface Seen {
  path: string;
  headers: Record<string, string | undefined>;
  body: Fields;
  /** 0 where no status was ever sent. */
  status: number;
  /** The refusal's body, for reading a failed test. */
  refusal?: unknown;
  /** What the service would bill for a whole reply; null for a refusal. */
  usage: Tokens | null;
  /** The reply went out to its last byte. */
  whole: boolean;
  /** The caller hung up before the end. */
  abandoned: boolean;
}

export interface WireServer {
  url: string;
  vendor: Vendor;
  seen: Seen[];
  /** Sets what the model says from now on. */
  play(script: Script): void;
  /** Sets how the next requests go wrong; null to behave. */
  misbehave(how: Misbehaviour | null): void;
  /** Tokens of every reply that went out whole. */
  totals(): Tokens;
  environment(): Record<string, string>;
  close(): Promise<void>;
}

export interface WireOptions {
  port?: number;
  key?: string;
  contextTokens?: number;
  script?: Script;
  now?: () => number;
}

/** Starts a strict server for one vendor on the loopback interface. */
export async function startWire(vendor: Vendor, options: WireOptions = {}): Promise<WireServer> {
  const now = options.now ?? Date.now;
  const seen: Seen[] = [];
  let ids = 0;
  const memory: Memory = {
    cache: new PromptCache(),
    issued: new Map(),
    nextId: (prefix) => `${prefix}${String(++ids).padStart(6, '0')}`,
    key: options.key ?? 'wire-key-0123456789abcdef',
    contextTokens: options.contextTokens,
    script: options.script ?? (() => ({ text: 'Hello.' })),
  };
  let fault: Misbehaviour | null = null;
  let left = 0;
  let bucket: Bucket | null = null;

  /** The misbehaviour for this request, if it is its turn. */
  function nextFault(): Misbehaviour | undefined {
    if (!fault || left <= 0) return undefined;
    left -= 1;
    return fault;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const record: Seen = {
      path: request.url ?? '',
      headers: request.headers as Record<string, string | undefined>,
      body: fields(await readJson(request)),
      status: 0,
      usage: null,
      whole: false,
      abandoned: false,
    };
    seen.push(record);
    response.on('close', () => {
      record.abandoned = !record.whole && !response.writableEnded;
    });
    const how = nextFault();

    const limits = () => (bucket ? vendor.limits(bucket.state(now())) : {});
    const refuse = (refusal: Refusal) => {
      record.status = refusal.status;
      record.refusal = refusal.body;
      const body = typeof refusal.body === 'string' ? refusal.body : JSON.stringify(refusal.body);
      response
        .writeHead(refusal.status, { 'content-type': 'application/json', ...limits(), ...refusal.headers })
        .end(body);
    };

    if (how?.kind === 'never-answers') return;
    if (how?.kind === 'reset' && how.when === 'before-headers') return void request.socket.resetAndDestroy();
    if (how?.kind === 'body') return refuse({ status: how.status, body: how.body });
    if (how?.kind === 'status') return refuse(vendor.trouble(how.trouble, how.retryAfter));
    if (bucket && !bucket.take(now())) return refuse(vendor.trouble('rate-limited', '1'));

    const script: Script = (turn) => bend(how?.kind, memory.script(turn));
    const wire = { path: record.path, headers: record.headers, body: record.body };
    const outcome = vendor.handle(wire, { ...memory, script });
    if (isRefusal(outcome)) return refuse(outcome);

    record.status = 200;
    record.usage = outcome.usage;
    if (!outcome.frames) {
      record.whole = true;
      response.writeHead(200, { 'content-type': 'application/json', ...limits() }).end(JSON.stringify(outcome.body));
      return;
    }
    const head = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', ...limits() };
    response.writeHead(200, head);
    response.flushHeaders();
    const sender = senderOf(response);
    if (how?.kind === 'reset' && how.when === 'after-headers') {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return sender.reset();
    }
    record.whole = await sendStream(sender, outcome, vendor, how);
    if (response.destroyed && !response.writableFinished) record.whole = false;
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // A fault of the server itself must not look like a fault of the service.
      console.error('wire server:', error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    vendor,
    seen,
    play: (script) => {
      memory.script = script;
    },
    misbehave: (how) => {
      bucket = how?.kind === 'bucket' ? new Bucket(how.perSecond, how.burst, now()) : null;
      fault = how?.kind === 'bucket' ? null : how;
      left = how?.times ?? Infinity;
    },
    totals: () => seen.reduce((sum, one) => (one.whole && one.usage ? addTokens(sum, one.usage) : sum), noTokens),
    environment: () => vendor.settings(url, memory.key),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return {};
  }
}
