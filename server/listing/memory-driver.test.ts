import { describeDriver } from './driver-contract.ts';
import { MemoryDriver } from './memory-driver.ts';

describeDriver('in memory', () => Promise.resolve({ driver: new MemoryDriver(), end: () => Promise.resolve() }));
