/** A CommonJS module. */

exports.double = n => n * 2
exports['triple it'] = n => n * 3
