exports.place = 'beside the tasks, required'
