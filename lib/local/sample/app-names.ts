/** The apps of the sample: a Mailchimp audience, a Meta audience, Dialpad. */
export const SAMPLE_APPS = ['news', 'ads', 'calls'] as const;

export type SampleApp = (typeof SAMPLE_APPS)[number];
