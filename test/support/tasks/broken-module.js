/** A module that cannot be loaded. */

throw Object.assign(new RangeError('broken at load'), { code: 'E_LOAD' })
