import { messageOf } from '../system/errors.ts';
import { cutLine } from './output.ts';
import type { Tool, ToolContext, ToolResult } from './types.ts';

/**
 * A tool whose `run` turns every failure of the world (a missing file, a full disk, a refused path) into a result that
 * the model reads. What still throws: a stopped attempt (the signal's reason) and bugs of our own.
 */
export function defineTool<Input>(tool: Tool<Input>): Tool {
  const guarded: Tool<Input> = {
    ...tool,
    async run(input: Input, context: ToolContext): Promise<ToolResult> {
      context.signal.throwIfAborted();
      try {
        return await tool.run(input, context);
      } catch (error) {
        context.signal.throwIfAborted();
        if (isBug(error)) throw error;
        return failure(messageOf(error), `${tool.name} failed`);
      }
    },
  };
  // `parseInput` hands a tool only what its own schema accepted, so the table may forget each tool's input type.
  return guarded as unknown as Tool;
}

/** A result that tells the model what went wrong and how to mend it. */
export function failure(text: string, summary: string = text): ToolResult {
  return { ok: false, text, summary: cutLine(summary.split('\n', 1)[0]!, 160) };
}

function isBug(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError
  );
}
