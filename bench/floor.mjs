// The floor: an agent with nothing in it. One fetch and one spawn a turn, and the conversation kept in an array.
import { spawn } from 'node:child_process';

const messages = [{ role: 'user', content: 'go' }];
for (;;) {
  const response = await fetch(`${process.env.OPENAI_BASE_URL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'scripted', stream: true, messages }),
  });
  const call = (await response.text())
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)).choices[0]?.delta?.tool_calls?.[0])
    .find(Boolean);
  if (!call) break;
  const output = await new Promise((resolve) => {
    const child = spawn('sh', ['-c', JSON.parse(call.function.arguments).command], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.on('close', () => resolve(text));
  });
  messages.push({ role: 'assistant', tool_calls: [call] }, { role: 'tool', tool_call_id: call.id, content: output });
}
