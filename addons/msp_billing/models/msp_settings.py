from lxml import etree
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

MANAGER = "msp_billing.msp_billing_group_manager"


class MspSettingsMixin(models.AbstractModel):
    """The settings of a company, declared once: Odoo's settings and those of the finance managers both show them.

    A setting is a field ``related="company_id.…", readonly=False`` of this model.
    """

    _name = "msp.settings.mixin"
    _description = "Settings of MSP Finance"

    company_id = fields.Many2one("res.company", string="Company", required=True, default=lambda self: self.env.company)


class ResConfigSettings(models.TransientModel):
    _name = "res.config.settings"
    _inherit = ["res.config.settings", "msp.settings.mixin"]


class MspSettings(models.TransientModel):
    """The same settings for finance managers: Odoo opens its own to administrators alone.

    Nothing is kept here. What is saved goes to the company at once, and what changed is written into the history of
    the company's contact, with who did it.
    """

    _name = "msp.settings"
    _inherit = "msp.settings.mixin"
    _description = "Settings of MSP Finance for managers"

    company_id = fields.Many2one(readonly=True)

    @api.depends("company_id")
    def _compute_display_name(self):
        self.display_name = self.env._("Settings")

    # ------------------------------------------------------------------- saving

    @api.model
    def _setting_names(self):
        """Fields of this form that are settings of the company."""
        return {
            name
            for name, field in self._fields.items()
            if (field.related or "").startswith("company_id.") and not field.readonly
        }

    @api.model_create_multi
    def create(self, vals_list):
        names = self._setting_names()
        forms = super().create(
            [{name: value for name, value in vals.items() if name not in names} for vals in vals_list]
        )
        for form, vals in zip(forms, vals_list, strict=True):
            form._change({name: value for name, value in vals.items() if name in names})
        return forms

    def write(self, vals):
        names = self._setting_names()
        done = super().write({name: value for name, value in vals.items() if name not in names})
        for form in self:
            form._change({name: value for name, value in vals.items() if name in names})
        return done

    def _change(self, vals):
        """Write settings to the company and say in its history what became of what.

        :param vals: new values by name of the setting
        :raises AccessError: when the caller is no finance manager, or none of this company's people
        """
        self.ensure_one()
        if not self.env.su and not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only finance managers change these settings."))
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("You have no access to this company."))
        # sudo: companies are the administrators'; these fields alone are the finance manager's business.
        company = self.company_id.sudo()
        # The form sends all it shows: what is as it was must not count as switched on today.
        vals = {name: value for name, value in vals.items() if self._differs(company, name, value)}
        if not vals:
            return
        before = {name: self._said(company, name) for name in vals}
        company.write({self._field_of(company, name).name: value for name, value in vals.items()})
        self.invalidate_recordset()
        changes = [(name, old, self._said(company, name)) for name, old in before.items()]
        lines = [
            self.env._("%(setting)s: %(old)s → %(new)s", setting=self._label(company, name), old=old, new=new)
            for name, old, new in changes
            if old != new
        ]
        if lines:
            company.partner_id.message_post(
                body="\n".join([self.env._("Settings of MSP Finance:"), *lines]),
                author_id=self.env.user.partner_id.id,
                subtype_xmlid="mail.mt_note",
            )

    def _field_of(self, company, name):
        """The company's field behind a setting."""
        return company._fields[self._fields[name].related.partition(".")[2]]

    def _differs(self, company, name, value):
        field = self._field_of(company, name)
        if field.type in ("one2many", "many2many"):
            return True
        return field.convert_to_cache(value, company) != field.convert_to_cache(company[field.name], company)

    def _label(self, company, name):
        return self._field_of(company, name)._description_string(self.env)

    def _said(self, company, name):
        """A setting as people read it."""
        field = self._field_of(company, name)
        value = company[field.name]
        if field.type == "boolean":
            return self.env._("on") if value else self.env._("off")
        if field.relational:
            return ", ".join(value.mapped("display_name")) or self.env._("none")
        if field.type == "date":
            return format_date(self.env, value) if value else self.env._("none")
        return str(value) if value or field.type in ("integer", "float", "monetary") else self.env._("none")

    def action_save(self):
        """Close the form; saving it has changed the company."""
        self.ensure_one()
        return {"type": "ir.actions.act_window_close"}

    # --------------------------------------------------------------------- form

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form":
            for place in arch.xpath("//div[@name='msp_settings']"):
                place.extend(self._blocks())
        return arch, view

    @api.model
    def _blocks(self):
        """The blocks of Odoo's settings that belong to MSP Finance, as parts of an ordinary form."""
        # sudo: which settings there are is no secret of the administrators.
        base = self.env.ref("base.res_config_settings_view_form").sudo()
        for block in etree.fromstring(base.get_combined_arch()).iterfind(".//app[@name='msp_billing']/block"):
            title = etree.Element("h2", {"class": "mt-3 mb-2 fs-4 border-bottom pb-1"})
            title.text = block.get("title")
            yield title
            rows = etree.Element("div", {"class": "row o_settings_container", "name": block.get("name", "")})
            rows.extend(list(block))
            yield rows
