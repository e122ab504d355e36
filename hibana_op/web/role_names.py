"""What roles are called: those that we bring in the reader's language, every other by the name it was given."""

from collections.abc import Mapping
from types import MappingProxyType

from hibana_op.records.memberships import ROLE_NAMES
from hibana_op.records.roles import Role
from hibana_op.web.words import catalogue

# How the migrations call the roles that we bring; a deployment may give them names of its own.
BROUGHT: Mapping[str, str] = MappingProxyType(
    {
        "super_admin": "スーパー管理者",
        "admin": "システム管理者",
        "viewer": "閲覧者",
        "support": "サポート担当者",
        "operation_admin": "運用管理者",
        "customer_success": "カスタマーサクセス",
        "finance_admin": "経理担当者",
        "auditor": "監査担当者",
        "server_manager": "MCPサーバー管理者",
        "tenant_owner": "テナント管理者",
        "tenant_admin": "テナント副管理者",
        "department_manager": "部門管理者",
        "user": "一般ユーザー",
        "guest": "ゲストユーザー",
    }
)


def called(language: str, role: Role) -> str:
    """The name of a role for people who read this language."""
    words = catalogue(language).get(f"role.{role.name}")
    is_as_brought = role.is_system_role and role.display_name == BROUGHT.get(role.name)
    return words if words is not None and is_as_brought else role.display_name or role.name


def of_member(language: str, membership: str) -> str:
    """The name of what somebody is in a tenant: member, admin or owner."""
    return catalogue(language)[f"role.{ROLE_NAMES[membership]}"]
