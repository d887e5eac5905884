"""Why a file is not read at all. Each kind is a typed error with a sentence that says what to do."""

from django.utils.translation import gettext_lazy as _

from ..errors import BadInput


class FileRefused(BadInput):
    """The whole file is refused and nothing of it is taken over."""

    code = "file_refused"
    message = _("This file cannot be read.")


class FileEmpty(FileRefused):
    code = "file_empty"
    message = _("The file is empty.")


class NotASpreadsheet(FileRefused):
    code = "file_not_spreadsheet"
    message = _("This is not a spreadsheet. Use .xlsx, .xls, or text with commas or tabs between the columns.")


class WebPageAsSpreadsheet(FileRefused):
    code = "file_web_page"
    message = _(
        "This file is a web page under a spreadsheet's name. Open it in Excel or WPS, save it as .xlsx, and use that file."
    )


class FileCorrupt(FileRefused):
    code = "file_corrupt"
    message = _("The file is damaged. Open it in Excel or WPS, save it again as .xlsx, and use that file.")


class FilePasswordProtected(FileRefused):
    code = "file_password"
    message = _("The file is protected with a password. Remove the password and use that file.")


class FileTooLarge(FileRefused):
    code = "file_too_large"
    message = _("The file is too large: at most %(limit)s MB.")


class FileUnsafe(FileRefused):
    code = "file_unsafe"
    message = _(
        "The file unpacks to far more data than a roster can hold, or is built unlike any spreadsheet program would; it was not opened."
    )


class TooManyCells(FileRefused):
    code = "file_too_many_cells"
    message = _(
        "The sheet %(sheet)s reaches to row %(rows)s and column %(columns)s: at most %(max_rows)s rows and %(max_columns)s columns."
    )


class EncodingUnknown(FileRefused):
    code = "file_encoding_unknown"
    message = _("The text is in an unknown encoding. Save it as .xlsx or as CSV in UTF-8.")


class HeaderNotFound(FileRefused):
    code = "header_not_found"
    message = _("No header row was found that names the needed columns: %(columns)s.")


class TableTwice(FileRefused):
    code = "table_twice"
    message = _(
        "Two tables stand side by side (%(columns)s stand twice). Put the second below the first, or into a sheet of its own."
    )


class RowsMissing(FileRefused):
    code = "rows_missing"
    message = _("The table has headings but no row to take over.")


class OtherFormat(FileRefused):
    code = "file_other_format"
    message = _(
        "This is a table in another program's format (OpenDocument, XML). Open it in Excel or WPS, save it as .xlsx, and use that file."
    )


class QuoteUnclosed(FileRefused):
    code = "file_quote_unclosed"
    message = _("A quotation mark opens in row %(row)s and is never closed: everything after it would be one cell. Correct it.")


class OverrideInvalid(FileRefused):
    code = "override_invalid"
    message = _("The chosen sheet, header row or column does not exist in this file.")
