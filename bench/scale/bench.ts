import type { Stage } from '../stage.ts';
export async function benchScale(_stage: Stage, _customers: number): Promise<string[]> {
  return [];
}
