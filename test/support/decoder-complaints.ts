import { afterEach, beforeEach, expect, jest } from '@jest/globals';

/** Fails each test in which a decoder of Schema met bytes that it could not place, which it says to the console alone. */
export function refuseComplaints(): void {
  let complaints: unknown[][];

  beforeEach(() => {
    complaints = [];
    jest.spyOn(console, 'warn').mockImplementation((...said) => void complaints.push(said));
    jest.spyOn(console, 'error').mockImplementation((...said) => void complaints.push(said));
  });

  afterEach(() => {
    jest.restoreAllMocks();
    expect(complaints).toEqual([]);
  });
}
