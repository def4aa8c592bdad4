from odoo import api, models
from odoo.exceptions import UserError

from ..report.import_xlsx import ImportColumn, render_template


class BatchRefused(Exception):
    """Some row of a batch is wrong; Odoo then tries them one by one, to find out which."""


class MspImportTemplate(models.AbstractModel):
    """A model that finance fills from a file: its template, what its columns mean, and blanks that mean "as usual"."""

    _name = "msp.import.template"
    _description = "Import template"

    @api.model
    def get_import_templates(self):
        """Shown by Odoo's own import; every reader gets it in their language, with today's lists to choose from."""
        return [{"label": self._import_title(), "template": f"/msp_billing/import/{self._name}.xlsx"}]

    @api.model
    def _import_title(self):
        """Override to say what one file holds. Returns text."""
        return self._description

    @api.model
    def _import_spec(self):
        """Override to list the columns. Returns a list of tuples: path, help, examples, needed."""
        return []

    @api.model
    def _import_blank_as_usual(self):
        """Override to name the fields in which an empty cell means the usual value, not nothing or 0.

        Returns a dict of sets by model.
        """
        return {}

    @api.model
    def _import_columns(self):
        return [
            ImportColumn(
                path=path,
                label=self._import_label(path),
                help=text,
                examples=tuple(examples),
                is_required=needed,
                choices=self._import_choices(path),
            )
            for path, text, examples, needed in self._import_spec()
        ]

    @api.model
    def _import_label(self, path):
        """The heading by which the import finds the field, such as Lines/Product."""
        names, model = [], self
        for name in path.split("/"):
            if name == "id":
                names.append(self.env._("External ID"))
                continue
            names.append(model._fields[name]._description_string(self.env))
            model = self.env.get(model._fields[name].comodel_name or "")
        return "/".join(names)

    @api.model
    def _import_choices(self, path):
        model, field = self, None
        for name in path.split("/"):
            if name == "id":
                return ()
            field = model._fields[name]
            model = self.env.get(field.comodel_name or "")
        if field.type == "selection":
            return tuple(label for _value, label in field._description_selection(self.env))
        return (self.env._("yes"), self.env._("no")) if field.type == "boolean" else ()

    @api.model
    def _render_import_template(self):
        """The bytes of the XLSX file."""
        _ = self.env._
        labels = {
            "Import": _("Import"),
            "Columns": _("Columns"),
            "Column": _("Column"),
            "Needed": _("Needed"),
            "What it means": _("What it means"),
            "One of": _("One of"),
            "yes": _("yes"),
        }
        return render_template(self._import_columns(), labels)

    # ------------------------------------------------------------------ loading

    def _load_records(self, data_list, update=False):
        try:
            return super()._load_records(data_list, update)
        except UserError:
            # Odoo would also report a batch's error at the batch's first row, which may be right.
            if len(data_list) > 1 and "_import_current_module" in self.env.context:
                raise BatchRefused from None
            raise

    def _load_records_create(self, vals_list):
        return super()._load_records_create([self._import_clean(self._name, vals) for vals in vals_list])

    def _load_records_write(self, values):
        return super()._load_records_write(self._import_clean(self._name, values))

    def _import_clean(self, model, vals):
        """Leave out the empty cells that mean the usual value, also in the lines of a record."""
        # Set by Odoo's load(), for data files of addons as well as for people's files.
        if "_import_current_module" not in self.env.context:
            return vals
        usual = self._import_blank_as_usual().get(model, frozenset())
        result = {}
        for name, value in vals.items():
            if name in usual and value is False:
                continue
            field = self.env[model]._fields.get(name)
            if field is not None and field.type == "one2many" and isinstance(value, list):
                value = [
                    (command[0], command[1], self._import_clean(field.comodel_name, command[2]))
                    if len(command) == 3 and isinstance(command[2], dict)
                    else command
                    for command in value
                ]
            result[name] = value
        return result
