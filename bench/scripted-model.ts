import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the server saw it. */
export interface SeenRequest {
  /** `performance.now()` when it had arrived whole. */
  at: number;
  bytes: number;
  body: string;
}

/**
 * A scripted model on loopback that answers at once: `turns` replies that each run the same shell command, then a last
 * word. OpenAI Chat Completions, streamed. One script for each conversation, told apart by the number of its messages.
 */
export async function startScriptedModel(turns: number, command: string) {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const body = await read(request);
    const at = performance.now();
    if (request.method !== 'POST') return void response.writeHead(200).end('{"data":[]}');
    seen.push({ at, bytes: Buffer.byteLength(body), body });
    const { messages } = JSON.parse(body) as { messages: { role: string }[] };
    const turn = messages.filter((message) => message.role === 'assistant').length;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (choices: unknown[], more = {}) =>
      response.write(
        `data: ${JSON.stringify({ id: `c${turn}`, object: 'chat.completion.chunk', created: 1, model: 'scripted', choices, ...more })}\n\n`,
      );
    if (turn < turns) {
      const call = {
        index: 0,
        id: `call_${turn}`,
        type: 'function',
        function: { name: 'run', arguments: JSON.stringify({ command: `${command} # ${turn}` }) },
      };
      send([{ index: 0, delta: { role: 'assistant', tool_calls: [call] }, finish_reason: null }]);
      send([{ index: 0, delta: {}, finish_reason: 'tool_calls' }]);
    } else {
      send([{ index: 0, delta: { role: 'assistant', content: 'Done.' }, finish_reason: null }]);
      send([{ index: 0, delta: {}, finish_reason: 'stop' }]);
    }
    send([], { usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 } });
    response.end('data: [DONE]\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return {
    url,
    seen,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
