/**
 * Runs the test app in a process of its own, for tests that kill it: says which processes it has
 * started, as one line of JSON, once an invocation is under way.
 */
import { createRuntime } from '../../lib/local/runtime/runtime.ts';
import { startServices } from '../../lib/local/services/services.ts';

const [assemblyDir = '', dataDir = ''] = process.argv.slice(2);
const services = await startServices({ dataDir });
const runtime = await createRuntime({
  assemblyDir,
  services,
  secretValues: {},
  dataDir,
  onLog: () => undefined,
});
const work = runtime.outputs.queues.find(({ path }) => path === 'Test/Work/Resource');
await services.sqs.call('SendMessage', {
  QueueUrl: work?.url,
  MessageBody: JSON.stringify({ id: 'hang', act: 'hang' }),
  MessageGroupId: 'g',
});
const timer = setInterval(() => {
  const running = runtime.inFlight();
  if (running.length === 0) return;
  clearInterval(timer);
  const own = [services.dynamodb.pid, services.postgres?.pid];
  const report = {
    pids: [...own, ...running.map(({ pid }) => pid)],
    url: runtime.outputs.values['Url'],
    crm: services.postgres?.url,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}, 20);
