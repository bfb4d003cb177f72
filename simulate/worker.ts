/** One thread of `npm run simulate --jobs`: takes blocks of seeds, gives back what came of them. */
import { parentPort } from 'node:worker_threads';
import { runBlock, type Block } from './crew.ts';

parentPort?.on('message', (block: Block) => {
  void runBlock(block).then((results) => parentPort?.postMessage(results));
});
