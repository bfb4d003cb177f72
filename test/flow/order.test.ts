/** The order of writing: what is about to be written is noted, then the CRM, then the app. */
import { drain } from '../support/flow-world/settle.ts';
import { ring } from '../support/flow-world/deliver.ts';
import { ANN } from '../support/flow-world/scenarios.ts';
import { onceAfter } from '../support/flow-world/scenario-parts.ts';
import type { World } from '../support/flow-world/world.ts';
import { KEY, worldWithAnn } from './explain-world.ts';

/** Both ends add a tag, so the union is written to both. */
async function uniteTags(prepare: (world: World) => void = () => undefined): Promise<World> {
  const world = await worldWithAnn();
  world.clock.advance(60_000);
  world.crm.update(KEY, { tags: ['a', 'b', 'c'] });
  world.audience.people.tag(ANN, ['a', 'b', 'd']);
  world.steps.trace.length = 0;
  prepare(world);
  ring(world);
  await drain(world);
  return world;
}

const writesOf = ({ steps }: World): readonly string[] =>
  steps.trace.flatMap(
    (line) => /(?:state\.save \S* ?intent|crm\.write|app\.push) ?\S*/.exec(line) ?? [],
  );

describe('a record that is written to both ends', () => {
  test('is noted first, and the CRM comes before the app', async () => {
    const world = await uniteTags();
    expect(writesOf(world)).toEqual(['state.save 1 intent', 'crm.write update', 'app.push tags']);
  });

  test('is not sent to the app on the judgement of a row that has moved meanwhile', async () => {
    const world = await uniteTags((each) =>
      onceAfter(each, 'state.save 1 intent', () => each.crm.update(KEY, { tags: ['c'] })),
    );
    expect([...(world.audience.byAddress(ANN)?.tags ?? [])].sort()).toEqual(['c', 'd']);
    const pushed = world.monitor.writes.filter((write) => /tags|app/.test(write));
    expect(writesOf(world).filter((write) => write.startsWith('app.push'))).toHaveLength(1);
    expect(pushed.length).toBeGreaterThan(0);
  });
});
