<?xml version="1.0" encoding="UTF-8"?>
<!-- Our own, for tests: puts included patterns in the place of their include. -->
<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:sch="http://purl.oclc.org/dsdl/schematron"
                version="2.0">
  <xsl:template match="@*|node()">
    <xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy>
  </xsl:template>
  <xsl:template match="sch:include">
    <xsl:apply-templates select="document(@href, .)/*"/>
  </xsl:template>
</xsl:stylesheet>
