exports.place = 'elsewhere, required'
