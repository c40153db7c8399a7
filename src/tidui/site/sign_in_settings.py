"""The settings of signing in: allauth (second factor, passkeys, portal), axes (lock-out), passwords and sessions."""

from __future__ import annotations

import datetime as dt

from tidui.site import environment as env

SIGN_IN_APPS = [
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
]
SIGN_IN_MIDDLEWARE = [
    "allauth.account.middleware.AccountMiddleware",
    "tidui.accounts.signin.middleware.SessionLimits",
    "tidui.accounts.signin.middleware.Duties",
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "tidui.accounts.signin.backends.PasswordBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"

# ---------------------------------------------------------------------- passwords
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "tidui.accounts.signin.passwords.LongEnough", "OPTIONS": {"min_length": 10}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "email", "mobile")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "tidui.accounts.signin.passwords.CommonHabits"},
]
#: How long a link that an administrator gave sets a new password, in seconds.
PASSWORD_RESET_TIMEOUT = 24 * 3600

# ---------------------------------------------------------------------- sessions
SESSION_ENGINE = "tidui.site.sessions"  # Django's own in the database, with its query prepared
#: Nobody stays signed in longer than this, in seconds, and nobody longer than that without doing anything.
SESSION_COOKIE_AGE = env.number("TIDUI_SESSION_HOURS", 12) * 3600
SESSION_IDLE_AGE = env.number("TIDUI_SESSION_IDLE_MINUTES", 30) * 60

# ---------------------------------------------------------------------- allauth
ACCOUNT_ADAPTER = "tidui.accounts.signin.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False  # the cookie ends with the browser, for everybody
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # this session stays, all others end
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
#: A whole office may stand behind one address: the count of failures by axes is the strict one.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "10/5m/key", "reauthenticate": "10/m/user"}
ACCOUNT_FORMS = {
    "login": "tidui.accounts.signin.forms.SignInForm",
    "change_password": "tidui.accounts.signin.forms.ChangePasswordForm",
    "reset_password_from_key": "tidui.accounts.signin.forms.NewPasswordForm",
    "reauthenticate": "tidui.accounts.signin.forms.ConfirmPasswordForm",
}
#: Servers in front of this one that write X-Forwarded-For: the address of a client is read behind so many.
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TIDUI_PROXIES", 1 if env.switch("TIDUI_TRUST_PROXY") else 0)

MFA_ADAPTER = "tidui.accounts.signin.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an address is for messages only, nobody signs in by a mail
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # phones whose clock is half a minute off; a code still counts once
MFA_TOTP_ISSUER = "Tidui"
MFA_RATE_LIMITS = {"webauthn_login": "120/m/ip"}  # nobody guesses a passkey; an office of many may come at nine
MFA_FORMS = {
    "authenticate": "tidui.accounts.signin.second_factor.CodeForm",
    "reauthenticate": "tidui.accounts.signin.second_factor.ConfirmCodeForm",
    "activate_totp": "tidui.accounts.signin.second_factor.ActivateForm",
    "deactivate_totp": "tidui.accounts.signin.second_factor.DeactivateForm",
    "add_webauthn": "tidui.accounts.signin.second_factor.PasskeyForm",
    "edit_webauthn": "tidui.accounts.signin.second_factor.RenamePasskeyForm",
}
#: Must those who decide have a second factor? `no` is for the demonstration; every page of signing in then says so.
SECOND_FACTOR_ENFORCED = env.switch("TIDUI_SECOND_FACTOR", True)

USERSESSIONS_TRACK_ACTIVITY = False  # a write at every request; SessionLimits notes it once a minute

# ---------------------------------------------------------------------- the provincial portal
SOCIALACCOUNT_ADAPTER = "tidui.accounts.signin.adapters.PortalAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
PORTAL = "portal"
PORTAL_ISSUER = env.text("TIDUI_PORTAL_ISSUER")
#: By what name the portal gives what is read of it; `name` is the person.
PORTAL_CLAIMS = {
    "uscc": env.text("TIDUI_PORTAL_CLAIM_USCC", "uscc"),
    "organisation": env.text("TIDUI_PORTAL_CLAIM_ORGANISATION", "organisation"),
    "name": env.text("TIDUI_PORTAL_CLAIM_NAME", "name"),
    "mobile": env.text("TIDUI_PORTAL_CLAIM_MOBILE", "phone_number"),
}
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "provider_class": "tidui.accounts.signin.portal.PortalProvider",
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": PORTAL,
                "name": "portal",
                "client_id": env.text("TIDUI_PORTAL_CLIENT_ID"),
                "secret": env.text("TIDUI_PORTAL_CLIENT_SECRET"),
                "settings": {
                    "server_url": PORTAL_ISSUER,
                    "scope": env.words("TIDUI_PORTAL_SCOPE") or ["openid", "profile", "phone"],
                },
            }
        ]
        if PORTAL_ISSUER
        else [],
    }
}

# ---------------------------------------------------------------------- lock-out
AXES_HANDLER = "tidui.accounts.signin.lockout.Handler"
#: Failures of one name from one address, and of all names from one address, that lock it out for a while.
AXES_FAILURE_LIMIT = env.number("TIDUI_LOCKOUT_FAILURES", 5)
LOCKOUT_ADDRESS_FAILURES = env.number("TIDUI_LOCKOUT_ADDRESS_FAILURES", 60)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_COOLOFF_TIME = dt.timedelta(minutes=env.number("TIDUI_LOCKOUT_MINUTES", 15))
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # somebody else's guessing must not lock a person out for ever
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "tidui.accounts.signin.lockout.counted_name"
AXES_CLIENT_IP_CALLABLE = "tidui.accounts.signin.lockout.client_address"
AXES_LOCKOUT_CALLABLE = "tidui.accounts.signin.lockout.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # the event chain holds who signed in
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = [
    "login", "username", "password", "oldpassword", "password1", "password2", "code", "credential",
    "csrfmiddlewaretoken",
]  # fmt: skip
