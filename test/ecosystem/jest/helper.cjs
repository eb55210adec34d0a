exports.helper = n => n + 1
