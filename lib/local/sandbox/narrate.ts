import type { Sandbox } from './sandbox.ts';
export async function narrate(sandbox: Sandbox, stopped: Promise<void>): Promise<void> { void sandbox; await stopped; }
