import { registry } from "@web/core/registry";
import { Many2ManyTagsField, many2ManyTagsField } from "@web/views/fields/many2many_tags/many2many_tags_field";

/** The worst findings of a draft and how many more: one draft with twenty must not push the others off the screen. */
export class FindingTags extends Many2ManyTagsField {
    static template = "msp_billing.FindingTags";
}

registry.category("fields").add("msp_finding_tags", { ...many2ManyTagsField, component: FindingTags });
