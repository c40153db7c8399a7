"""The addresses of this app."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from tidui.registry.views import file, form, property, returns

app_name = "registry"

_FILE = "enterprises/<int:pk>/file/"
_SECTION = _FILE + "<str:section>/"
_YEAR = _SECTION + "<int:year>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("file/", file.own_file, name="own_file"),
    path(_FILE, file.file, name="file"),
    path(_FILE + "on/", file.file_on, name="file_on"),
    path(_FILE + "returns/", returns.file_returns, name="file_returns"),
    path(_FILE + "differences/", returns.file_differences, name="file_differences"),
    path(_FILE + "facts/<str:name>/", file.fact, name="fact"),
    path(_FILE + "facts/<str:name>/say/", file.say, name="say"),
    path(_FILE + "facts/<str:name>/unverify/", file.unverify, name="unverify"),
    path(_FILE + "property/", property.register, name="property"),
    path(_FILE + "property/new/", property.enter, name="property_enter"),
    path(_FILE + "property/complete/", property.complete, name="property_complete"),
    path(_SECTION, form.form, name="form"),
    path(_SECTION + "draft/", form.draft, name="draft"),
    path(_SECTION + "check/", form.check, name="check"),
    path(_SECTION + "verify/", form.verify, name="verify"),
    path(_YEAR, form.form, name="form_of_year"),
    path(_YEAR + "draft/", form.draft, name="draft_of_year"),
    path(_YEAR + "check/", form.check, name="check_of_year"),
    path(_YEAR + "verify/", form.verify, name="verify_of_year"),
    path("returns/", returns.returns, name="returns"),
    path("returns/<int:pk>/", returns.one_return, name="return"),
    path("returns/<int:pk>/receipt/", returns.receipt, name="receipt"),
    path("returns/<int:pk>/verify/", returns.verify_return, name="verify_return"),
    path("returns/<int:pk>/since/<int:other>/", returns.compare, name="compare"),
    path("differences/", returns.differences, name="differences"),
    path("differences/<int:pk>/", returns.difference, name="difference"),
    path("property/", property.all_property, name="all_property"),
    path("property/<int:pk>/", property.item, name="property_item"),
    path("property/<int:pk>/change/", property.change, name="property_change"),
    path("property/<int:pk>/strike/", property.strike, name="property_strike"),
    path("property/<int:pk>/use/", property.use, name="property_use"),
    path("", include("tidui.registry.importing.urls")),
]
