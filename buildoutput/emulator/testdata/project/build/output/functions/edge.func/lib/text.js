export const text = 'imported'
