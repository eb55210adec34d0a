export const place = 'elsewhere'
