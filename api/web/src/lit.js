// Lit's `html` and `nothing` for the part that is loaded later: values of the same shape, which the widget's own Lit draws.
// Lit promises that its templates can be made by one copy and drawn by another, so the part brings none of its own.

/** @param {TemplateStringsArray} strings @param {unknown[]} values */
export const html = (strings, ...values) => ({ ['_$litType$']: 1, strings, values });
export const nothing = Symbol.for('lit-nothing');
