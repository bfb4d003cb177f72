/**
 * What is checked at every synthesis besides our tests: the CDK's own template rules and cdk-nag's
 * AWS Solutions pack, both as errors. Every exception is written here, with its reason.
 */
import { type App, Validations } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** App context under which the CDK's template rules are errors, not warnings. */
export const STRICT_CONTEXT = { '@aws-cdk/core:validateAgainstDefaultRules': true };

export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}

export function acknowledgeVpcWildcards(role: IRole): void {
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'Lambda attaches functions to a VPC only with these EC2 actions on all resources; a deny statement keeps the code from using them.',
  });
}

export function acknowledgeOpenRoutes(api: IConstruct): void {
  Validations.of(api).acknowledge({
    id: 'AwsSolutions-APIG4',
    reason:
      'Vendors cannot sign requests for AWS. The function verifies an HMAC or a secret path, and what passes is only a doorbell.',
  });
}

export function acknowledgeFixedSecret(secret: IConstruct): void {
  Validations.of(secret).acknowledge({
    id: 'AwsSolutions-SMG4',
    reason:
      'The other end of this secret (the CRM application, the vendor) is changed by a person, so a timer must not rotate it. RUNBOOK.md says how.',
  });
}
