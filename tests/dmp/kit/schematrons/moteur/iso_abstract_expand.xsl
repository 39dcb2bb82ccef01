<?xml version="1.0" encoding="UTF-8"?>
<!-- Our own, for tests: our schematron has no abstract pattern, so nothing is expanded. -->
<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="2.0">
  <xsl:template match="@*|node()">
    <xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy>
  </xsl:template>
</xsl:stylesheet>
