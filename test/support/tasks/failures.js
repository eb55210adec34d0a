/**
 * Functions that fail, known to the tests by the comments at the end of their lines. Statements end in semicolons where
 * vite would else put some: a function whose text it changed does not stand in its file any more.
 */

/** Submits an inline function that stands in this file. */
export function submitInline(pool) {
  // prettier-ignore
  return pool.execute(function boom() { // submitted: inline
    function inner() {
      throw new RangeError('inline'); // thrown: inline
    }
    return inner(); // called: inline
  });
}

/** Submits an async inline function that fails behind an `await`. */
export function submitAsync(pool) {
  // prettier-ignore
  return pool.execute(async function later() { // submitted: async
    await null;
    throw new Error('async'); // thrown: async
  });
}

/** A task that fails in a function that it calls. */
export function failDeep(message) {
  return deeper(message) // called: module
}

function deeper(message) {
  const error = new TypeError(message, { cause: new RangeError('below') }) // thrown: module
  error.code = 'E_DEEP'
  throw error
}

/** A free variable, but one of this module and not of a task. */
export function missing() {
  return notThereAtAll
}
