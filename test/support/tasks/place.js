export const place = 'beside the tasks'
